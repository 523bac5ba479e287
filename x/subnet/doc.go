// Package subnet says who is in: which subnets exist and by which rules they play, and which hotkeys hold a uid in them
// and at which endpoint they answer.
//
// It is the register and nothing else: what a hotkey's stake is worth is the business of x/stake, how good a neuron is
// that of x/scoring, and what it earns that of x/emission. Those modules hear of creations, registrations and
// replacements through hooks; this package knows none of them.
package subnet
