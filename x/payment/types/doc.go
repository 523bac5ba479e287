// Package types holds the messages, state and parameters of x/payment, and what the module needs of others.
package types
