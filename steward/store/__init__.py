"""The only SQL: schema, migrations, and one file of queries for each noun."""
