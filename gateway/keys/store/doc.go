// Package store keeps keys, credits, leases and usage in SQLite, for one machine, or in PostgreSQL, for a fleet: the same statements for both.
package store
