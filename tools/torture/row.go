package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Row is what one scenario reports.
type Row struct {
	Scenario string `json:"scenario"`
	Injected string `json:"injected"`
	// Times is how often.
	Times int `json:"times"`
	// Blocks that the chain made meanwhile, and Unsigned: signatures of validators that are not in their commits.
	Blocks   int64 `json:"blocks"`
	Unsigned int   `json:"unsigned"`
	// Compared is at how many heights the hashes of block and state were the same on all nodes that have them.
	Compared int64 `json:"compared"`
	// Calls of users and those of them that failed: payments, or questions to miners.
	Calls  int `json:"calls"`
	Failed int `json:"failed"`
	// Lost is what was confirmed and is not there: nagon of payments, or receipts. It must be 0.
	Lost uint64 `json:"lost"`
	// Recovery is how long after it came back what was hit followed the chain, or served, again.
	Median  string `json:"recovery_median,omitempty"`
	Longest string `json:"recovery_longest,omitempty"`
	Notes   string `json:"notes,omitempty"`
	Took    string `json:"took"`
	Skipped string `json:"skipped,omitempty"`
	Failure string `json:"failure,omitempty"`
}

const header = "| scenario | injected | times | blocks | votes missing | heights compared | calls | failed | lost | recovery: median, longest | took | |\n" +
	"|---|---|---|---|---|---|---|---|---|---|---|---|\n"

// Markdown is the row as docs/reliability.md has it.
func (r Row) Markdown() string {
	if r.Skipped != "" {
		return fmt.Sprintf("| %s | %s | | | | | | | | | | SKIP: %s |\n", r.Scenario, r.Injected, r.Skipped)
	}
	notes := r.Notes
	if r.Failure != "" {
		notes = strings.TrimPrefix(notes+"; FAILED: "+strings.ReplaceAll(r.Failure, "\n", "; "), "; ")
	}
	recovery := ""
	if r.Median != "" {
		recovery = r.Median + ", " + r.Longest
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %d | %d | %d | %s | %s | %s |\n",
		r.Scenario, r.Injected, r.Times, r.Blocks, r.Unsigned, r.Compared, r.Calls, r.Failed, r.Lost, recovery, r.Took, notes)
}

// recovered sets the recovery from its times, if there are any.
func (r *Row) recovered(times []time.Duration) {
	if len(times) == 0 {
		return
	}
	times = slices.Sorted(slices.Values(times))
	r.Median = times[len(times)/2].Round(10 * time.Millisecond).String()
	r.Longest = times[len(times)-1].Round(10 * time.Millisecond).String()
}
