// Package types holds the messages, state and parameters of x/emission, and what it needs of other modules.
package types
