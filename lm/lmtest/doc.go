// Package lmtest makes small GGUF files of random weights, for tests of what stands on package lm. They say nothing that makes sense, but
// load, count, and are as exact as real ones.
package lmtest
