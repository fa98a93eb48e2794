package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Program is what can be measured.
type Program struct {
	Name   string
	Memory string // what it is told to keep to
	folder string // where it is, if that is no name that a reader knows
	binary string // of the processor, which other subcommands than run can be had of

	// command runs it until it is told to stop.
	command func(place) *exec.Cmd
	// prepare makes what is to be there before it starts; nil for nothing. It has no error: the processor makes its topics and then finds fault
	// with the times of the inputs' records, by which others go; and without its topics it says so when it runs.
	prepare func(ctx context.Context, in place, partitions int)
}

// place is where a program runs.
type place struct{ brokers, prefix, appID, state string }

// Sellerpulse is the processor.
func Sellerpulse(binary, memory string) Program {
	command := func(in place) *exec.Cmd {
		return processor(binary, in, "run", "--state-dir", in.state, "--listen", "127.0.0.1:0", "--memory", memory)
	}
	prepare := func(ctx context.Context, in place, partitions int) {
		topics := processor(binary, in, "topics", "--partitions", strconv.Itoa(partitions))
		_ = exec.CommandContext(ctx, topics.Path, topics.Args[1:]...).Run()
	}
	return Program{Name: "Sellerpulse", Memory: memory, binary: binary, command: command, prepare: prepare}
}

// processor is one of its subcommands, of several words where it has them.
func processor(binary string, in place, subcommand string, arguments ...string) *exec.Cmd {
	shared := append(strings.Fields(subcommand), "--brokers", in.brokers, "--topic-prefix", in.prefix, "--app-id", in.appID)
	return exec.Command(binary, append(shared, arguments...)...)
}

// KafkaStreams is a program for Kafka Streams, in the folder where Maven built it.
func KafkaStreams(folder, schemas, heap string) (Program, error) {
	classes := filepath.Join(folder, "target", "classes")
	if _, err := os.Stat(classes); err != nil {
		return Program{}, fmt.Errorf("find the peer's classes: %w: build them there with mvn -B -q clean package", err)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return Program{}, fmt.Errorf("find java: %w: install Java 17", err)
	}
	command := func(in place) *exec.Cmd {
		return exec.Command(java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Xms"+heap, "-Xmx"+heap, "-XX:+UseParallelGC",
			"-cp", classes+":"+filepath.Join(folder, "target", "libs", "*"), "bench.Peer", "--brokers", in.brokers, "--topic-prefix", in.prefix,
			"--schemas", schemas, "--app-id", in.appID, "--state-dir", in.state)
	}
	return Program{Name: "Kafka Streams", Memory: heap + " heap", folder: folder, command: command}, nil
}

// Run is a program on topics, with a state of its own.
type Run struct {
	Command string // that runs the program, of the shell

	lab     *Lab
	program Program
	topics  *Topics
	place   place
	group   string   // by which it commits
	process *process // nil while it does not run
}

// Begin prepares a program to run on topics. The program is not started.
func (l *Lab) Begin(ctx context.Context, p Program, t *Topics) *Run {
	l.runs++
	id := fmt.Sprintf("%s-%d", strings.ReplaceAll(strings.ToLower(p.Name), " ", "-"), l.runs)
	r := &Run{lab: l, program: p, topics: t, group: id, place: place{l.Brokers, t.Prefix, id, filepath.Join(l.Folder, id)}}
	command := p.command(r.place)
	r.Command = r.anonymous(command)
	if p.prepare != nil {
		p.prepare(ctx, r.place, t.Partitions)
	}
	return r
}

// anonymous is a command without what differs from run to run.
func (r *Run) anonymous(command *exec.Cmd) string {
	words := append([]string{filepath.Base(command.Path)}, command.Args[1:]...)
	for _, variable := range command.Env[min(len(command.Env), len(os.Environ())):] {
		words = append([]string{variable}, words...)
	}
	names := []string{r.lab.Brokers, "BROKERS", r.place.state, "STATE", r.place.appID, "APP", r.lab.Schemas, "schemas", r.place.prefix, "PREFIX"}
	if r.program.folder != "" {
		names = append(names, r.program.folder, "PEER")
	}
	names = append(names, r.lab.Folder, "FOLDER")
	replace := strings.NewReplacer(names...)
	for i, word := range words {
		if words[i] = replace.Replace(word); word == "" || strings.ContainsAny(words[i], "*$ ") {
			words[i] = "'" + words[i] + "'"
		}
	}
	return strings.Join(words, " ")
}

// start starts the program, or starts it again.
func (r *Run) start() (err error) {
	r.process, err = start(r.program.command(r.place), r.place.state+".log")
	return err
}

// stop stops the program in order.
func (r *Run) stop() {
	if r.process != nil {
		r.process.stop()
		r.process = nil
	}
}

// End stops the program and deletes what it made.
func (r *Run) End(ctx context.Context) error {
	r.stop()
	return errors.Join(r.lab.deleteTopics(ctx, r.place.appID+"-"), os.RemoveAll(r.place.state))
}

// committed is how many records of the inputs the program's group has committed, of each partition.
func (r *Run) committed(ctx context.Context) (byPartition []int64, total int64, err error) {
	byPartition = make([]int64, r.topics.Partitions)
	offsets, err := r.lab.admin.FetchOffsets(ctx, r.group)
	if err != nil {
		return byPartition, 0, nil // There is no such group yet.
	}
	for _, offset := range offsets.Sorted() {
		if offset.Err == nil && offset.At >= 0 {
			byPartition[offset.Partition] += offset.At
			total += offset.At
		}
	}
	return byPartition, total, nil
}

// stateBytes is the size of the program's files.
func (r *Run) stateBytes() (total float64) {
	_ = filepath.WalkDir(r.place.state, func(_ string, entry os.DirEntry, err error) error {
		if err != nil {
			return nil // It was compacted away.
		}
		if info, err := entry.Info(); err == nil && !entry.IsDir() {
			total += float64(info.Size())
		}
		return nil
	})
	return total
}
