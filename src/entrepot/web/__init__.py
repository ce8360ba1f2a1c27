"""The web app: evidence to look at, and people who conclude.

A Django project, thin on purpose: one app for each room and one for each thing that only people bring (`people`,
`records`). Every calculation stands in a room; here are forms, pages, the HTTP API, and what people did, as
append-only records. Importing this package configures nothing: `configuring.configure` does, once a process.
"""
