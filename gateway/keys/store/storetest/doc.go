// Package storetest opens databases for tests: a SQLite file, and a PostgreSQL server that lives as long as the test.
package storetest
