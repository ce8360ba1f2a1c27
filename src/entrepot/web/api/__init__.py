"""The house for programs: what the pages do, by HTTP and JSON, under the same permissions."""
