// Package keeper is the state of x/model and what changes it.
package keeper
