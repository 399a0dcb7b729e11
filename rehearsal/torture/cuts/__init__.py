"""The scenes of cutting and stalling, and what cuts and stalls."""
