package exam_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata vectors anew")

func commitment() exam.Commitment {
	return exam.Commitment{Netuid: 3, Hotkey: honest.Hotkey, Epoch: 42, Version: 7, ReceiptsRoot: [32]byte{9}, Weights: []exam.Weight{{1, 10}, {2, 20}}, Salt: []byte("salt")}
}

func TestCommitHashBindsEverything(t *testing.T) {
	seen := map[[32]byte]string{commitment().Hash(): "base"}
	for name, change := range map[string]func(*exam.Commitment){
		"netuid":       func(c *exam.Commitment) { c.Netuid++ },
		"hotkey":       func(c *exam.Commitment) { c.Hotkey = []byte("another-validator-20") },
		"epoch":        func(c *exam.Commitment) { c.Epoch++ },
		"version":      func(c *exam.Commitment) { c.Version++ },
		"root":         func(c *exam.Commitment) { c.ReceiptsRoot[31]++ },
		"uid":          func(c *exam.Commitment) { c.Weights[0].UID = 3 },
		"value":        func(c *exam.Commitment) { c.Weights[0].Value++ },
		"order":        func(c *exam.Commitment) { c.Weights[0], c.Weights[1] = c.Weights[1], c.Weights[0] },
		"weight-less":  func(c *exam.Commitment) { c.Weights = c.Weights[:1] },
		"salt":         func(c *exam.Commitment) { c.Salt = []byte("sal") },
		"border-moved": func(c *exam.Commitment) { c.Weights, c.Salt = c.Weights[:1], append([]byte{0, 2, 0, 20}, c.Salt...) },
	} {
		c := commitment()
		change(&c)
		h := c.Hash()
		require.NotContains(t, seen, h, name)
		seen[h] = name
	}
}

func TestExaminedRefusesDuplicates(t *testing.T) {
	_, err := exam.Examined([]exam.Weight{{4, 1}, {5, 1}, {4, 0}})
	require.ErrorIs(t, err, exam.ErrWeights)
}

type vectorSet struct {
	Commit struct {
		Netuid  uint16        `json:"netuid"`
		Hotkey  string        `json:"hotkey"`
		Epoch   uint64        `json:"epoch"`
		Version uint64        `json:"version"`
		Root    string        `json:"receipts_root"`
		Weights []exam.Weight `json:"weights"`
		Salt    string        `json:"salt"`
		Hash    string        `json:"hash"`
	} `json:"commit"`
	Draws []drawVector `json:"draws"`
}

type drawVector struct {
	Seed     string        `json:"seed"`
	Commit   string        `json:"commit_hash"`
	Receipts uint16        `json:"receipts_per_miner"`
	Openings uint16        `json:"openings"`
	Examined []exam.Weight `json:"examined"`
	Indices  []uint32      `json:"indices"`
}

func TestVectors(t *testing.T) {
	const file = "testdata/vectors.json"
	c, h := commitment(), commitment().Hash()
	var v vectorSet
	v.Commit.Netuid, v.Commit.Hotkey, v.Commit.Epoch, v.Commit.Version = c.Netuid, hex.EncodeToString(c.Hotkey), c.Epoch, c.Version
	v.Commit.Root, v.Commit.Weights, v.Commit.Salt, v.Commit.Hash = hex.EncodeToString(c.ReceiptsRoot[:]), c.Weights, hex.EncodeToString(c.Salt), hex.EncodeToString(h[:])
	for i, d := range []struct {
		p      exam.Params
		values []uint16
	}{
		{exam.Params{ReceiptsPerMiner: 1, Openings: 8}, []uint16{7}},
		{exam.Params{ReceiptsPerMiner: 4, Openings: 1}, []uint16{10, 20}},
		{exam.Params{ReceiptsPerMiner: 4, Openings: 8}, []uint16{10, 20}},
		{exam.Params{ReceiptsPerMiner: 4, Openings: 8}, []uint16{65_535, 1, 1, 1}},
		{exam.Params{ReceiptsPerMiner: 4, Openings: 8}, []uint16{1, 3, 9, 27, 81, 243, 729, 2_187, 6_561, 19_683, 59_049}},
		{exam.Params{ReceiptsPerMiner: 256, Openings: 64}, []uint16{65_535, 65_535, 65_535, 32_768, 1}},
	} {
		seed, examined := [32]byte{byte(i)}, examinedOf(d.values...)
		v.Draws = append(v.Draws, drawVector{
			hex.EncodeToString(seed[:]), v.Commit.Hash, d.p.ReceiptsPerMiner, d.p.Openings, examined, exam.Draw(seed, h, d.p, examined),
		})
	}
	got, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(file, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "the vectors are part of the protocol; a change of them is a new version")
	require.JSONEq(t, string(want), string(got))
}
