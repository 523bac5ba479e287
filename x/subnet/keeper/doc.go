// Package keeper holds the state of x/subnet and the rules that change it: creation of subnets, registration and
// replacement of neurons, axons, identities and hyperparameters. It computes no stake, score or reward.
package keeper
