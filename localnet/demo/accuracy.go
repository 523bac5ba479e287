package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/registry"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/model/content/disk"
)

const (
	// examQuestions is how many held-out questions each miner answers; a language model's answers take longer, and vary less.
	examQuestions     = 520
	examConversations = 48
	// examWorkers is how many of them are under way at one miner at once: a miner that stalls makes each take seconds. A language model's
	// are fewer, as all miners of the network share one machine.
	examWorkers         = 20
	conversationWorkers = 2
	// sessionLife is how long the exam's session key is certified.
	sessionLife = time.Hour
)

// measure asks every miner the same held-out questions over the wire, as any paying caller would, and returns the
// accuracy of each by uid.
func measure(ctx context.Context, n *localnet.Network, subnet localnet.Subnet, graph *chain.Metagraph) (map[uint16]task.Accuracy, error) {
	cfg := n.Config()
	t, err := task.Find(registry.Tasks(), subnet.TaskKind)
	if err != nil {
		return nil, err
	}
	if t.HeldOut == nil {
		return nil, fmt.Errorf("task %s keeps no held-out questions", t.Kind)
	}
	exam, err := t.HeldOut(ctx, task.ExaminerConfig{
		Params: []byte(subnet.TaskParams), Seed: sha256.Sum256([]byte("demonstration")), DataDir: subnet.DataDir, Root: disk.Root,
	}, questions(subnet))
	if err != nil {
		return nil, fmt.Errorf("held-out questions: %w", err)
	}
	key, sign, err := n.Keys().AccountSigner(localnet.HolderKey)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	session, err := wire.NewSession(cfg.ChainID, key, sign, wire.ScopeCall, uint16(graph.Netuid), now, now.Add(sessionLife))
	if err != nil {
		return nil, err
	}
	// A caller waits a little longer than the deadline, so that what is late is seen to be late.
	client, err := wire.NewClient(wire.ClientOptions{ChainID: cfg.ChainID, AllowPrivate: true, Timeout: t.Deadline + time.Second})
	if err != nil {
		return nil, err
	}
	accuracies := make([]task.Accuracy, len(graph.Neurons))
	g, ctx := errgroup.WithContext(ctx)
	for _, neuron := range graph.Serving() {
		g.Go(func() error {
			expert := remoteExpert{netuid: uint16(graph.Netuid), client: client, session: session, neuron: neuron, route: t.Route, deadline: t.Deadline}
			accuracy, err := sit(ctx, expert, exam, workers(subnet))
			if err != nil {
				return fmt.Errorf("held-out questions to uid %d: %w", neuron.UID, err)
			}
			accuracies[neuron.UID] = accuracy
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := map[uint16]task.Accuracy{}
	for _, neuron := range graph.Serving() {
		out[neuron.UID] = accuracies[neuron.UID]
	}
	return out, nil
}

// questions is how many a subnet's miners are asked.
func questions(s localnet.Subnet) int {
	if s.TaskKind == "chat" {
		return examConversations
	}
	return examQuestions
}

func workers(s localnet.Subnet) int {
	if s.TaskKind == "chat" {
		return conversationWorkers
	}
	return examWorkers
}

// sit lets one expert sit the exam with several questions at once.
func sit(ctx context.Context, expert task.Expert, exam task.Exam, workers int) (task.Accuracy, error) {
	parts := make([]task.Accuracy, workers)
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		part := task.Exam{Judge: exam.Judge}
		for i := w; i < len(exam.Questions); i += workers {
			part.Questions = append(part.Questions, exam.Questions[i])
		}
		if len(part.Questions) == 0 {
			continue
		}
		g.Go(func() (err error) {
			parts[w], err = task.MeasureAccuracy(ctx, expert, part)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return task.Accuracy{}, err
	}
	var all task.Accuracy
	var right float64
	for _, p := range parts {
		all.Asked += p.Asked
		all.Failed += p.Failed
		right += p.Mean * float64(p.Asked)
	}
	all.Mean = right / float64(all.Asked)
	all.Lower, all.Upper = task.Wilson(all.Mean, float64(all.Asked), 1.96)
	return all, nil
}

// remoteExpert is a miner as its callers see it.
type remoteExpert struct {
	netuid   uint16
	client   *wire.Client
	session  *wire.Session
	neuron   chain.Neuron
	route    string
	deadline time.Duration
}

// Name implements task.Expert.
func (e remoteExpert) Name() string { return e.neuron.URL }

// Version implements task.Expert.
func (e remoteExpert) Version() [32]byte { return sha256.Sum256(e.neuron.ServiceKey) }

// Answer implements task.Expert: an answer that is late counts as none.
func (e remoteExpert) Answer(ctx context.Context, body []byte) ([]byte, error) {
	key, err := wire.ParseServicePublic(e.neuron.ServiceKey)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	reply, err := e.client.Do(ctx, wire.Call{
		Session: e.session, Endpoint: e.neuron.URL, To: e.neuron.Hotkey, ServiceKey: key,
		Netuid: e.netuid, Path: e.route, Body: body,
	})
	if err != nil {
		return nil, err
	}
	if took := time.Since(began); took > e.deadline {
		return nil, fmt.Errorf("answer took %s, at most %s", took.Round(time.Millisecond), e.deadline)
	}
	return reply.Body, nil
}
