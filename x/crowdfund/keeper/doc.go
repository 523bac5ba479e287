// Package keeper is the state of x/crowdfund and what changes it.
package keeper
