"""The firm's own people: who they are, which roles they have, and the keys of their programs."""
