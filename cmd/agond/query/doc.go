// Package query holds the questions to a chain whose answers need more than printing: tables, and reckoning on this side.
package query
