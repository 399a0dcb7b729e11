"""The auditor's part of the door: each look is on the access log before anything is shown."""
