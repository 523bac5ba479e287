package byzantine

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/agon-chain/agon/app"
)

// liar says another hash of the state than the true one.
type liar struct{ *app.App }

// FinalizeBlock implements abci.Application.
func (l liar) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	res, err := l.App.FinalizeBlock(req)
	if err != nil || len(res.AppHash) == 0 {
		return res, err
	}
	lie := *res
	lie.AppHash = append([]byte{res.AppHash[0] ^ 1}, res.AppHash[1:]...)
	return &lie, nil
}

// garbler proposes what its forge makes, and agrees to every block.
type garbler struct {
	*app.App
	forge *forge
	book  string
}

// Proposal is what a hostile validator proposed, as it notes it down.
type Proposal struct {
	Height int64 `json:"height"`
	// Kind of garbage.
	Kind string `json:"kind"`
	// Lawful says that the chain's rules have honest validators accept it.
	Lawful bool `json:"lawful"`
	Txs    int  `json:"txs"`
	Bytes  int  `json:"bytes"`
	// Data is the hash that a block with these transactions has in its header.
	Data []byte `json:"data"`
}

// Book is where a hostile build with a home notes what it proposed.
func Book(home string) string { return filepath.Join(home, "proposals.jsonl") }

// PrepareProposal implements abci.Application.
func (g *garbler) PrepareProposal(req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	kind, txs, err := g.forge.next(req)
	if err != nil {
		g.Logger().Error("no garbage", "kind", kind.name, "err", err)
		return nil, err
	}
	p := Proposal{Height: req.Height, Kind: kind.name, Lawful: kind.lawful, Txs: len(txs), Data: cmttypes.ToTxs(txs).Hash()}
	for _, tx := range txs {
		p.Bytes += len(tx)
	}
	if err := note(g.book, p); err != nil {
		return nil, err
	}
	return &abci.ResponsePrepareProposal{Txs: txs}, nil
}

// ProcessProposal implements abci.Application.
func (g *garbler) ProcessProposal(*abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// FinalizeBlock implements abci.Application.
func (g *garbler) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	if n := len(req.Txs); n > 0 {
		g.forge.see(req.Txs[n-1])
	}
	return g.App.FinalizeBlock(req)
}

func note(book string, p Proposal) error {
	line, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(book, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// Read reads a book; without one nothing was proposed. A line that is not whole yet is left for the next time.
func Read(book string) ([]Proposal, error) {
	f, err := os.Open(book)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Proposal
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var p Proposal
		if json.Unmarshal(lines.Bytes(), &p) != nil {
			break
		}
		out = append(out, p)
	}
	return out, nil
}
