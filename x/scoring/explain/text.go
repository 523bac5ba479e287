package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Text writes why a neuron earned what it earned. Errors are those of w.
func Text(w io.Writer, e *yuma.Explanation, o Options) error {
	if err := paragraphs(w, headline(e, &o)); err != nil {
		return err
	}
	if err := miner(w, e, &o); err != nil {
		return err
	}
	return validator(w, e, &o)
}

// paragraphs writes each text that is not empty, and a blank line after it.
func paragraphs(w io.Writer, texts ...string) error {
	for _, text := range texts {
		if text == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s\n\n", text); err != nil {
			return err
		}
	}
	return nil
}

// sentences joins those that are not empty.
func sentences(texts ...string) string {
	out := make([]string, 0, len(texts))
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

func headline(e *yuma.Explanation, o *Options) string {
	part := func(share uint64, role string) string {
		if share == 0 {
			return "nothing as a " + role
		}
		return percent(share) + " as a " + role
	}
	s := &e.Shares
	text := fmt.Sprintf("%s earned nothing in the epoch of block %d.", o.name(e.UID), e.Block)
	if s.Combined != 0 {
		text = fmt.Sprintf("%s earned %s of the epoch of block %d: %s, %s.", o.name(e.UID), percent(s.Combined), e.Block,
			part(s.Server, "miner"), part(s.Validator, "validator"))
	}
	return sentences(text, paid(e, o), fallback(e))
}

func paid(e *yuma.Explanation, o *Options) string {
	if e.UID >= len(o.Paid) {
		return ""
	}
	return fmt.Sprintf("It was paid %s.", o.amount(o.Paid[e.UID]))
}

func fallback(e *yuma.Explanation) string {
	if !e.Shares.Fallback {
		return ""
	}
	return fmt.Sprintf("No miner reached consensus and no validator earned dividends, so the emission fell back to %s: "+
		"miners get nothing, and validators get their share of it.", phrase(e.Shares.FallbackBy))
}
