// Package types holds what x/subnet keeps and what it can be told: messages, parameters and their bounds, keys, errors,
// hooks and the genesis state. It reads no store; the rules that need state are in package keeper.
package types
