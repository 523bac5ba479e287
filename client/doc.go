// Package client calls Agon's miners directly, from an application and without a gateway: it finds who serves a subnet or a model, signs the
// calls, seals them where that is wanted, checks the receipts, and pays.
//
//	c, err := client.Dial(ctx, client.Config{RPC: ..., GRPC: ..., ChainID: "agon-1", Keyring: keys, Key: "me", Home: "agon-client"})
//	defer c.Close()
//	answer, err := c.Chat(ctx, "1/llama@2", []byte(`{"messages":[{"role":"user","content":"Hello"}],"max_tokens":64}`))
//
// An account with a little AGON is all that it takes. What a miner reads, what a call costs and how channels work: docs/builders.md.
//
// It judges no answers and keeps no statistics: it asks the chain who is best, and goes to the next who can be reached.
package client
