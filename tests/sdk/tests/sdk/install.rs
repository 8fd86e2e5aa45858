//! Installs the SDKs, and what tests the schema, under the target directory, where later runs find them.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Prints the version of Node.
const NODE: &str = "console.log(process.versions.node)";
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// An SDK that is ready to run scripts.
pub(crate) struct Sdk {
    pub(crate) program: PathBuf,
    /// The folder of the scripts.
    pub(crate) scripts: PathBuf,
    /// The ending of the names of scripts.
    pub(crate) ending: &'static str,
    /// The path on which Node finds its modules; Python ignores it.
    pub(crate) modules: PathBuf,
}

/// The Python SDK in a virtual environment.
pub(crate) fn python() -> Option<Sdk> {
    let scripts = Path::new(HERE).join("python");
    let place = environment("python", &scripts.join("requirements.txt"))?;
    Some(Sdk {
        program: place.join("bin/python"),
        scripts,
        ending: "py",
        modules: place,
    })
}

/// The program `schemathesis`.
pub(crate) fn schemathesis() -> Option<PathBuf> {
    let list = Path::new(HERE).join("schema/requirements.txt");
    Some(environment("schema", &list)?.join("bin/schemathesis"))
}

/// A virtual environment of Python with what a list names.
fn environment(name: &str, list: &Path) -> Option<PathBuf> {
    // The pinned packages refuse older ones.
    let about = "import ensurepip, sys, venv; assert sys.version_info >= (3, 11); \
                 print(sys.version, sys.prefix)";
    let Some(version) = answer("python3", &["-c", about]) else {
        return missing("Python 3.11 or later with venv");
    };
    let wanted = version + &fs::read_to_string(list).unwrap();
    Some(kept(name, &wanted, |place| {
        run(Command::new("python3").args(["-m", "venv"]).arg(place));
        let pip = ["-m", "pip", "install", "--quiet", "--no-input", "-r"];
        run(Command::new(place.join("bin/python")).args(pip).arg(list));
    }))
}

/// The JavaScript SDK for Node.
pub(crate) fn javascript() -> Option<Sdk> {
    Some(Sdk {
        program: "node".into(),
        scripts: Path::new(HERE).join("javascript"),
        ending: "js",
        modules: modules("javascript", 18)?,
    })
}

/// The modules that make clients in TypeScript from a document. They need a newer Node than
/// the clients that they make.
pub(crate) fn typescript_generators() -> Option<PathBuf> {
    modules("generated", 20)
}

/// The programs that make a client in Python from a document, and check it.
pub(crate) fn python_generator() -> Option<PathBuf> {
    let list = Path::new(HERE).join("generated/requirements.txt");
    Some(environment("generated-python", &list)?.join("bin"))
}

/// The folder of the linters of OpenAPI documents.
pub(crate) fn linters() -> Option<PathBuf> {
    Some(modules("lint", 18)?.join(".bin"))
}

/// The modules of Node that a folder's `package.json` names, for this version of Node or
/// later.
fn modules(name: &str, least: u32) -> Option<PathBuf> {
    let node = answer("node", &["-e", NODE]).filter(|version| {
        let major = version.split('.').next();
        major.is_some_and(|major| major.parse::<u32>().is_ok_and(|major| major >= least))
    });
    let (Some(node), Some(_)) = (node, answer("npm", &["--version"])) else {
        return missing(&format!("Node {least} or later with npm"));
    };
    let lists = Path::new(HERE).join(name);
    let lock = fs::read_to_string(lists.join("package-lock.json")).unwrap();
    let place = kept(name, &(node + &lock), |place| {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(lists.join(file), place.join(file)).unwrap();
        }
        let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(npm).current_dir(place));
    });
    Some(place.join("node_modules"))
}

/// A folder of what is `wanted`, made only if there is none or another one.
fn kept(name: &str, wanted: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk");
    fs::create_dir_all(&home).unwrap();
    // Tests run at once, each in a process of its own.
    let lock = File::create(home.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let place = home.join(name);
    let stamp = place.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return place;
    }
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    install(&place);
    fs::write(stamp, wanted).unwrap();
    place
}

/// The output of a program, if there is such a program and it succeeds.
fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}", output.status);
}

fn missing<T>(what: &str) -> Option<T> {
    let must = env::var("CI").is_ok_and(|value| value == "true");
    assert!(!must, "{what} is not installed");
    println!("skipped: {what} is not installed");
    None
}
