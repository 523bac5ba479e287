// Package simulation makes random messages of x/payment for tests. A new message of the module gets its entry in Messages.
package simulation
