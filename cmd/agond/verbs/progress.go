package verbs

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress says where a wait has come to, once it lasts: a line that changes on a terminal, one line elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	hash     string
	began    time.Time
	told     int
	width    int
}

func newProgress(w io.Writer, terminal bool, hash string) *progress {
	return &progress{w: w, terminal: terminal, hash: hash, began: time.Now()}
}

// tell that the block at a height did not hold the transaction.
func (p *progress) tell(height int64) {
	waited := time.Since(p.began)
	if waited < quiet {
		return
	}
	p.say(fmt.Sprintf("waiting for a block to take %s (%d s, the chain is at height %d)", p.hash, int(waited.Seconds()), height))
}

// say shows a line in place of the one before; where nothing can be wiped, only the first.
func (p *progress) say(line string) {
	if p.told > 0 && !p.terminal {
		return
	}
	if p.terminal {
		fmt.Fprintf(p.w, "\r%c %-*s", `|/-\`[p.told%4], p.width, line)
	} else {
		fmt.Fprintln(p.w, line)
	}
	p.told++
	p.width = max(p.width, len(line))
}

// end wipes the line away.
func (p *progress) end() {
	if p.terminal && p.told > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.width+2))
	}
}
