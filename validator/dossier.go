package validator

import (
	"fmt"

	"github.com/agon-chain/agon/task"
)

// Accounts are what the examiner has of a miner; none of an examiner that keeps no accounts.
func (b *Scorebook) Accounts(m task.MinerID) ([]task.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accounts(m)
}

func (b *Scorebook) accounts(m task.MinerID) ([]task.Account, error) {
	x, ok := b.examiner.(task.Accountant)
	if !ok {
		return nil, nil
	}
	out, err := x.Accounts(m)
	if err != nil {
		return nil, fmt.Errorf("accounts on %s: %w", m, err)
	}
	return out, nil
}

// KeepsAccounts says whether the task's examiner can tell what an accusation rests on.
func (b *Scorebook) KeepsAccounts() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.examiner.(task.Accountant)
	return ok
}

// Accused are the miners that the book says do not serve what they say, best known first.
func (b *Scorebook) Accused() []task.MinerID {
	var out []task.MinerID
	for _, s := range b.Standings() {
		if s.Accused != "" {
			out = append(out, s.Miner)
		}
	}
	return out
}

// Dossier is all that there is of a miner, as of one moment: its accounts, and the rounds that they were made of.
func (b *Scorebook) Dossier(m task.MinerID) (accounts []task.Account, rounds []DossierRound, params string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if accounts, err = b.accounts(m); err != nil {
		return nil, nil, "", err
	}
	rounds, err = b.store.Dossier(m)
	return accounts, rounds, b.params, err
}

// account notes the accounts on those who were asked as they stand before a round is settled; nil where there are none to keep.
func (b *Scorebook) account(results []task.Result) (*accounting, error) {
	if _, ok := b.examiner.(task.Accountant); !ok {
		return nil, nil
	}
	a := &accounting{before: map[task.MinerID][]task.Account{}, after: map[task.MinerID][]task.Account{}}
	a.kept = func(m task.MinerID) (bool, error) {
		now, err := b.accounts(m)
		return len(now) > 0, err
	}
	for _, r := range results {
		m := r.Question.Miner
		a.round = max(a.round, r.Question.Round)
		if _, ok := a.before[m]; ok {
			continue
		}
		var err error
		if a.before[m], err = b.accounts(m); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// settled notes them as they stand after.
func (b *Scorebook) settled(a *accounting) error {
	if a == nil {
		return nil
	}
	for m := range a.before {
		var err error
		if a.after[m], err = b.accounts(m); err != nil {
			return err
		}
	}
	return nil
}
