// Package openai is the expert of task chat that stands in front of OpenAI-compatible servers: it reads requests strictly, refuses
// another model than the one served, has a backend answer, and judges what came before it is signed for.
//
// It runs no model. It cannot know that a server runs the files that the operator says it does: that is for the layers that verify answers.
package openai
