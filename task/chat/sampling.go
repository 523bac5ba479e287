package chat

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/agon-chain/agon/lm/sample"
)

// domainSeed keeps the seeds of samplers apart from all other hashes.
const domainSeed = "agon/chat/seed/v1"

// Sampler is how an engine of this protocol draws the answer's tokens (package lm/sample), so that whoever has the request can draw
// them again. The seed is SHA-256 of the domain, 1 and the request's seed as 8 bytes big-endian; without one, of the domain, 0
// and SHA-256 of the body: who wants another answer to the same body sends another seed.
func (r Request) Sampler(body []byte) sample.Sampler {
	b := []byte(domainSeed)
	if r.Seed != nil {
		b = binary.BigEndian.AppendUint64(append(b, 1), uint64(*r.Seed))
	} else {
		h := sha256.Sum256(body)
		b = append(append(b, 0), h[:]...)
	}
	return sample.Sampler{Params: sample.Params{Temperature: r.Temperature, TopK: r.TopK, TopP: r.TopP}, Seed: sha256.Sum256(b)}
}
