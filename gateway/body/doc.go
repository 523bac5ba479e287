// Package body edits JSON bodies without decoding what it does not touch: members of the outer object are cut, replaced and added, and the bytes of all other
// values stay as they came, so that what a miner signs for can be made again from what a caller sent.
package body
