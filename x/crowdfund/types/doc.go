// Package types holds the messages, state and parameters of x/crowdfund, and what it needs of other modules.
package types
