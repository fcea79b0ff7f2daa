"""The vocabularies of schema/*.toml as typed, validated objects."""
