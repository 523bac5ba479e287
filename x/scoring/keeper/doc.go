// Package keeper is the state of x/scoring and what changes it.
package keeper
