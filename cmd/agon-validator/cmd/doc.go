// Package cmd is the command line of agon-validator. It reads the configuration and hands it to package validator; it decides
// nothing itself.
package cmd
