// Package types holds the messages, state and parameters of x/dispute, what a vote's hash is and how a bench decides, and what the
// module needs of others.
package types
