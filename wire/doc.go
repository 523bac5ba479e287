// Package wire is what travels between gateway, validator and miner: signed requests, session
// certificates, receipts, vouchers, sealed bodies, OpenAI-shaped errors, and the Merkle tree that receipts are committed in.
//
// It knows nothing of the chain's state (who is registered, who has stake), of tasks or of any daemon's policy:
// it checks what bytes alone can prove. A validator's question and a user's call take the same road through it and
// cannot be told apart by what they look like; see [ExaminerTag].
//
// README.md draws every layout with widths. All integers are big-endian, all binary header values are unpadded
// base64url, and every decoder accepts exactly the bytes that its encoder writes.
package wire
