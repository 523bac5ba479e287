// Package storetest has what every [keys.Store] must do as a test, and opens databases for tests: a SQLite file, and a PostgreSQL server that lives as
// long as the test.
package storetest
