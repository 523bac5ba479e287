package task

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"sort"
)

// Part is a side of the split of a source's material.
type Part uint8

const (
	// Training is what examiners ask from.
	Training Part = iota
	// HeldOut is what no examiner asks from: true accuracy is measured on it.
	HeldOut
)

// String implements fmt.Stringer.
func (p Part) String() string {
	switch p {
	case Training:
		return "training"
	case HeldOut:
		return "held-out"
	}
	return fmt.Sprintf("part(%d)", uint8(p))
}

// Document is the unit of the split: pieces of one document never stand on both
// sides.
type Document struct {
	ID    string   // unique in its source, such as "deu/article-12"
	Label string   // what is true of the whole document
	Texts []string // its paragraphs
}

// Source gives labelled documents. Documents returns them ordered by ID, the same
// each time.
type Source interface {
	Documents(ctx context.Context, part Part) ([]Document, error)
}

// Split divides documents into training and held-out, label by label, so that
// each label has round(share·n) of its n documents held out (at least one on each
// side where n >= 2). Which ones depends on the salt and the documents' IDs alone:
// every validator and every reader gets the same split.
func Split(docs []Document, share float64, salt string) (training, heldOut []Document) {
	byLabel := map[string][]Document{}
	var labels []string
	for _, d := range docs {
		if _, ok := byLabel[d.Label]; !ok {
			labels = append(labels, d.Label)
		}
		byLabel[d.Label] = append(byLabel[d.Label], d)
	}
	for _, label := range labels {
		group := byLabel[label]
		sort.Slice(group, func(i, j int) bool {
			a, b := splitRank(salt, group[i].ID), splitRank(salt, group[j].ID)
			return bytes.Compare(a[:], b[:]) < 0
		})
		n := int(math.Round(share * float64(len(group))))
		if len(group) >= 2 {
			n = min(max(n, 1), len(group)-1)
		}
		heldOut = append(heldOut, group[:n]...)
		training = append(training, group[n:]...)
	}
	for _, part := range [][]Document{training, heldOut} {
		sort.Slice(part, func(i, j int) bool { return part[i].ID < part[j].ID })
	}
	return training, heldOut
}

// splitRank is SHA-256(len(salt) as u32 big endian, salt, id).
func splitRank(salt, id string) [32]byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(salt)))
	b = append(b, salt...)
	return sha256.Sum256(append(b, id...))
}
