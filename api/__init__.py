"""The door: asks the workflow, reads the register, writes nothing but content and intake."""
