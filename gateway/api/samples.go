package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/agon-chain/agon/gateway/upstream"
)

const (
	// maxSamples bounds the files of one run of the gateway, so that a disk does not fill where nobody fetches them.
	maxSamples = 10_000
	// sampleName is a file's, by the call's id.
	sampleName = "call-%s.json"
)

// Samples writes down a share of the calls whose callers agreed to it, for scoring after the fact: question, answer and the miner's receipt, with which anybody can
// check that it is what the miner said. The caller's key and account are not in it. Sealed calls never are. Nil writes nothing.
type Samples struct {
	share float64
	dir   string
	log   *slog.Logger

	mu   sync.Mutex
	made int
	said bool
}

// NewSamples writes into dir, which is made with the first sample. A share of 0 is none.
func NewSamples(share float64, dir string, log *slog.Logger) *Samples {
	if share <= 0 {
		return nil
	}
	return &Samples{share: share, dir: dir, log: log}
}

// Sample is one file.
type Sample struct {
	Netuid   uint16    `json:"netuid"`
	Hotkey   string    `json:"hotkey"`
	Route    string    `json:"route"`
	At       time.Time `json:"at"`
	Stream   bool      `json:"stream"`   // whether the answer is the text of server-sent events
	Question []byte    `json:"question"` // as the miner got it, base64
	Answer   []byte    `json:"answer"`   // as the miner sent it, base64
	Receipt  string    `json:"receipt"`
}

// take writes a call down if the lot falls on it.
func (s *Samples) take(id, path string, stream bool, ans upstream.Answer, now time.Time) {
	if s == nil || rand.Float64() >= s.share || ans.Reply == nil || ans.Reply.Receipt == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made >= maxSamples {
		return
	}
	err := s.write(id, Sample{
		Netuid: ans.Candidate.Netuid, Hotkey: ans.Candidate.Hotkey, Route: path, At: now.UTC(), Stream: stream, Question: ans.Sent, Answer: ans.Reply.Body,
		Receipt: ans.Reply.Receipt.String(),
	})
	if err != nil && !s.said {
		s.log.Warn("calls cannot be sampled", "error", oneLine(err))
		s.said = true
	}
	if err == nil {
		s.made++
		s.said = false
	}
}

func (s *Samples) write(id string, sample Sample) error {
	raw, err := json.Marshal(sample)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(s.dir, fmt.Sprintf(sampleName, id))
	if err := os.WriteFile(path+".part", raw, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path) // whoever reads the folder finds whole files
}
