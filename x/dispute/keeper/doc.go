// Package keeper is the state of x/dispute and what changes it.
package keeper
