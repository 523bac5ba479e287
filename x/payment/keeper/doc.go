// Package keeper is the state of x/payment and what changes it.
package keeper
