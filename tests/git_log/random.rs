//! Random graphs with random options, through the library, and now and then through the program.

use flakehist::git::{Filter, Repository};

use crate::graphs::{Graph, graph};
use crate::support::Chance;

/// Options as both sides know them.
#[derive(Clone, Debug, Default)]
struct Options {
    revisions: Vec<String>,
    all: bool,
    first_parent: bool,
    since: Option<u64>,
    until: Option<u64>,
    count: Option<usize>,
    author: Option<&'static str>,
}

impl Options {
    /// Dates are raw numbers, so that dates near 1970 can be said too.
    fn for_git(&self) -> Vec<String> {
        let mut args: Vec<String> = Vec::new();
        args.extend(self.since.map(|since| format!("--max-age={since}")));
        args.extend(self.until.map(|until| format!("--min-age={until}")));
        args.extend(self.words());
        args
    }

    /// What is said to git and to flakehist in the same words.
    fn words(&self) -> Vec<String> {
        let mut args: Vec<String> = self.revisions.clone();
        args.extend(self.all.then(|| "--all".to_owned()));
        args.extend(self.first_parent.then(|| "--first-parent".to_owned()));
        args.extend(self.count.map(|count| format!("-n{count}")));
        args.extend(self.author.map(|author| format!("--author={author}")));
        args
    }

    fn list(&self, repository: &Repository, lock: &str) -> Vec<String> {
        let filter = Filter {
            since: self.since,
            until: self.until,
            authors: self.author.iter().map(|&author| author.to_owned()).collect(),
            first_parent: self.first_parent,
            follow: false,
            count: self.count,
        };
        let tips = repository.tips(&self.revisions, self.all).unwrap();
        let walk = repository.walk(lock, &tips, filter.clone()).unwrap();
        let listed: Vec<String> = walk.map(|version| version.unwrap().commit.to_string()).collect();
        // What was read before must not show.
        let mut survey = repository.survey(lock).unwrap();
        survey.every_version(&repository.every_tip(), |_, _| true).unwrap();
        let after = survey.walk(&tips, filter).unwrap().map(|version| version.unwrap().commit.to_string());
        assert_eq!(after.collect::<Vec<_>>(), listed, "{self:?}");
        listed
    }
}

/// A dozen kinds of options, filled in by chance.
fn dozen(graph: &Graph, chance: &mut Chance) -> Vec<Options> {
    let plain = Options::default();
    let some = |revisions: Vec<String>| Options { revisions, ..Options::default() };
    let mut any = || chance.one_of(&graph.ids).clone();
    let ranges = vec![
        some(vec![format!("{}..{}", any(), any())]),
        some(vec![format!("{}...{}", any(), any())]),
        some(vec![any(), any(), format!("^{}", any())]),
        some(vec![format!("^{}", any()), format!("^{}", any()), any()]),
        Options { first_parent: true, ..some(vec![format!("{}..{}", any(), any())]) },
        some(vec![format!("{}^!", any())]),
        some(vec![format!("{}^@", any())]),
        Options { all: true, ..some(vec![format!("^{}", any())]) },
        some(vec![format!("^{}~2", any()), any()]),
        some(vec![format!("^{}", any()), format!("{}~3", any())]),
        some(vec![format!("{}~1^..{}~2", any(), any())]),
        some(vec![format!("^{}^{{/1}}", any()), any()]),
        some(vec![format!("{}^{{/[3-5]}}..{}^{{/2}}", any(), any())]),
        some(vec![format!("{}~1...{}~2", any(), any())]),
        some(vec![format!("^{}~3", any()), format!("^{}", any()), format!("{}~4", any()), any()]),
    ];
    let mut moment = || *chance.one_of(&graph.dates) as u64 + chance.below(3) as u64;
    let (since, until) = (Some(moment()), Some(moment()));
    let mut dozen = vec![
        plain.clone(),
        Options { all: true, ..plain.clone() },
        Options { first_parent: true, ..plain.clone() },
        Options { since, ..plain.clone() },
        Options { until, all: true, ..plain.clone() },
        Options { since, until, all: true, ..plain },
    ];
    // Of each range once plainly, of some with more.
    for range in ranges {
        dozen.push(match chance.below(8) {
            0 => Options { since, ..range },
            1 => Options { until, ..range },
            2 => Options { count: Some(chance.below(5)), ..range },
            3 => Options { author: Some("Ada"), ..range },
            4 => Options { first_parent: true, ..range },
            _ => range,
        });
    }
    dozen
}

fn compare(seed: u64, graph: &Graph) -> usize {
    let mut chance = Chance::new(seed ^ 0x5eed);
    let repository = Repository::discover(graph.scratch.folder()).unwrap().unwrap();
    let mut listed = 0;
    for options in dozen(graph, &mut chance) {
        let args = options.for_git();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let all =
            ["log", "--format=%H"].iter().copied().chain(args.iter().copied()).chain(["--", graph.lock]);
        let git = graph.scratch.ask_git(graph.scratch.folder(), all);
        if git.status != Some(0) {
            continue;
        }
        let git: Vec<String> = git.out().lines().map(str::to_owned).collect();
        let ours = options.list(&repository, graph.lock);
        assert!(ours == git, "{}", difference(graph, seed, &args, &git, &ours));
        listed += git.len();
        // A lock that never was is an error of the program, though none of git's.
        if chance.percent(5) && !git.is_empty() && options.since.or(options.until).is_none() {
            let words = options.words();
            let words: Vec<&str> = words.iter().map(String::as_str).chain(["--reverse"]).collect();
            graph.scratch.same_log_in(graph.scratch.folder(), &words, graph.lock);
        }
    }
    listed
}

fn difference(graph: &Graph, seed: u64, args: &[&str], git: &[String], ours: &[String]) -> String {
    let picture = graph.scratch.git(["log", "--graph", "--all", "--format=%h %ct (%p) %d"]);
    format!("graph {seed}: git log {args:?} -- {}\ngit {git:#?}\nours {ours:#?}\n{picture}", graph.lock)
}

/// Where the numbers of the graphs begin: some of the first ones told mistakes from git's way.
const FIRST: u64 = 1000;
/// How many graphs a part has.
const EACH: u64 = 22;

/// One of six parts, which can be done side by side.
fn some_graphs(part: u64) {
    let seeds = FIRST + EACH * part..FIRST + EACH * (part + 1);
    let listed: usize = seeds.map(|seed| compare(seed, &graph(seed))).sum();
    assert!(listed > 500, "hardly anything was listed: {listed}");
}

#[test]
fn random_graphs_are_listed_as_git_does_1() {
    some_graphs(0);
}

#[test]
fn random_graphs_are_listed_as_git_does_2() {
    some_graphs(1);
}

#[test]
fn random_graphs_are_listed_as_git_does_3() {
    some_graphs(2);
}

#[test]
fn random_graphs_are_listed_as_git_does_4() {
    some_graphs(3);
}

#[test]
fn random_graphs_are_listed_as_git_does_5() {
    some_graphs(4);
}

#[test]
fn random_graphs_are_listed_as_git_does_6() {
    some_graphs(5);
}

/// Writes git's commit-graph for a graph, in one of many ways.
fn write_commit_graph(graph: &Graph, chance: &mut Chance) {
    let git = |args: &[&str], commits: &[String]| {
        let all = ["commit-graph", "write", "--stdin-commits", "--no-progress"].iter().chain(args);
        graph.scratch.feed_git(graph.scratch.folder(), all, commits.join("\n").as_bytes()).success();
    };
    let set = |key: &str, value: &str| graph.scratch.git(["config", key, value]);
    if chance.percent(25) {
        // Topological levels alone.
        set("commitGraph.generationVersion", "1");
    }
    set("commitGraph.changedPathsVersion", chance.one_of::<&str>(&["-1", "1", "2"]));
    let filters: &[&str] = if chance.percent(70) { &["--changed-paths"] } else { &[] };
    // Mostly some of the newest commits are not in it.
    let end = if chance.percent(30) { graph.ids.len() } else { 1 + chance.below(graph.ids.len()) };
    if chance.percent(50) {
        return git(filters, &graph.ids[..end]);
    }
    for part in 1..=3 {
        let upper: &[&str] = if chance.percent(70) { filters } else { &["--no-changed-paths"] };
        let args = [&["--split=no-merge"], upper].concat();
        git(&args, &graph.ids[..usize::max(1, end * part / 3)]);
    }
    if chance.percent(20) {
        set("commitGraph.generationVersion", chance.one_of::<&str>(&["1", "2"]));
    }
}

/// One of three parts, as above.
fn some_graphs_with_a_commit_graph(part: u64) {
    let seeds = FIRST + 1000 + EACH * part..FIRST + 1000 + EACH * (part + 1);
    let listed: usize = seeds
        .map(|seed| {
            let graph = graph(seed);
            write_commit_graph(&graph, &mut Chance::new(seed));
            compare(seed, &graph)
        })
        .sum();
    assert!(listed > 500, "hardly anything was listed: {listed}");
}

#[test]
fn random_graphs_are_listed_as_git_does_from_a_commit_graph_1() {
    some_graphs_with_a_commit_graph(0);
}

#[test]
fn random_graphs_are_listed_as_git_does_from_a_commit_graph_2() {
    some_graphs_with_a_commit_graph(1);
}

#[test]
fn random_graphs_are_listed_as_git_does_from_a_commit_graph_3() {
    some_graphs_with_a_commit_graph(2);
}

/// With a commit-graph git looks for merge bases by generation, not by date, and a walk can tell which commits were
/// read on the way. These numbers were found by searching for graphs in which it does.
#[test]
fn merge_bases_are_looked_for_by_generation() {
    for seed in [5016, 5106, 5149, 5155, 5191] {
        let graph = graph(seed);
        let mut chance = Chance::new(seed);
        write_commit_graph(&graph, &mut chance);
        let repository = Repository::discover(graph.scratch.folder()).unwrap().unwrap();
        for _ in 0..12 {
            let range = format!("{}...{}", chance.one_of(&graph.ids), chance.one_of(&graph.ids));
            let git = graph.scratch.listed_by_git(graph.scratch.folder(), &[&range], graph.lock);
            let options = Options { revisions: vec![range.clone()], ..Options::default() };
            let ours = options.list(&repository, graph.lock);
            assert!(ours == git, "{}", difference(&graph, seed, &[&range], &git, &ours));
        }
    }
}

#[test]
fn the_same_number_makes_the_same_graph() {
    assert_eq!(graph(7).ids, graph(7).ids);
    assert_ne!(graph(7).ids, graph(8).ids);
}
