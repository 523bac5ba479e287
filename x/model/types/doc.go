// Package types holds the messages, state and parameters of x/model, and what it needs of other modules.
package types
