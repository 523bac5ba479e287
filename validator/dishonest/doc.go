// Package dishonest has validators that cheat: one that copies the weights of others, and one that favours a miner. They exist
// to show, on a network of one's own, that cheating does not pay; agon-validator takes them only with --allow-dishonest.
//
// Both are strategies of the honest daemon: what they differ in is whom they ask and what weights they give, not how they talk to
// the chain.
package dishonest
