// Package keeper is the state of x/emission and what changes it.
package keeper
