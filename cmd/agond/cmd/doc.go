// Package cmd builds the command tree of agond. It holds no rule of the chain; those are in package app and below.
package cmd
