// Package dishonest has miners that cheat with language models, to test networks with: one that serves heavily quantized weights
// as the pinned ones, and one that lets a smaller model write and the pinned one only score. A third cheat, the relay, is expert openai in front of
// another miner.
package dishonest
