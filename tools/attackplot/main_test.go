package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/attack"
)

const header = "strategy,stake,variant,kappa,penalty,share\n"

// The picture beside the page is that of the data. AGON_UPDATE_DOCS=1 rewrites it.
func TestPictureOfTheConsensusPage(t *testing.T) {
	const picture = "../../docs/consensus-attack.svg"
	grid := attack.DefaultGrid()
	grid.Strategies = []string{"self-dealing", "sybil", "copy", "copy-padded", "withhold", "copy-without-asking"}
	results, err := attack.Sweep(context.Background(), attack.DefaultWorld(), attack.DefaultRules(), grid, nil)
	require.NoError(t, err)
	var data, fresh bytes.Buffer
	require.NoError(t, attack.WriteCSV(&data, results))
	require.NoError(t, plot(&data, &fresh))
	if os.Getenv("AGON_UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(picture, fresh.Bytes(), 0o644))
		return
	}
	drawn, err := os.ReadFile(picture)
	require.NoError(t, err)
	require.Equal(t, fresh.String(), string(drawn), "draw it again: AGON_UPDATE_DOCS=1 go test ./tools/attackplot")
}

func TestPlot(t *testing.T) {
	in := header + "copy,0.1,classic,0.5,1,0\ncopy,0.5,classic,0.5,1,1\nlazy,0.1,yuma3,0.5,1,0.5\n"
	var out bytes.Buffer
	require.NoError(t, plot(strings.NewReader(in), &out))
	for d := xml.NewDecoder(bytes.NewReader(out.Bytes())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
	}
	svg := out.String()
	require.Contains(t, svg, `d="M100.0 274.0L292.0 34.0"`, "from the floor at a fifth of the width to the top right corner")
	require.Equal(t, 2, strings.Count(svg, "cabal's share of the stake</text>"), "a panel for each variant")
}

func TestPlotRefusals(t *testing.T) {
	for name, c := range map[string]struct{ in, says string }{
		"empty":      {header, "no results"},
		"column":     {"strategy,stake\ncopy,0.1\n", `no column "variant"`},
		"two-kappas": {header + "copy,0.1,classic,0.5,1,0\ncopy,0.1,classic,0.6,1,0\n", "line 3 has kappa 0.6"},
		"number":     {header + "copy,x,classic,0.5,1,0\n", "line 2: stake"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, plot(strings.NewReader(c.in), io.Discard), c.says)
		})
	}
}
