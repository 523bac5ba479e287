// Package chain is what a daemon needs of the chain: a connection that says plainly what is wrong with it, a follower of
// heights that outlives restarts of the node, a cached metagraph, a keyring, and a transaction queue that has a key to
// itself.
//
// It trusts state and takes events as hints: whatever it tells a daemon was read from a committed block.
//
// It is not a light client: it believes the node that it is pointed at, which should be the operator's own. It knows no
// keeper and no application; the modules are known to it by their messages and queries alone.
package chain
