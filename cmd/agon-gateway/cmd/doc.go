// Package cmd is the command line of agon-gateway: reading flags, keys and files, and printing. What a gateway does is in package gateway.
package cmd
