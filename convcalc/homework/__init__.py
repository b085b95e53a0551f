"""Working, mistakes and exercises: what students and their teachers need."""
