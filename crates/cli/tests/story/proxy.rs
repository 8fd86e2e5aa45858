//! One address that leads to whichever server runs at the moment, as the load
//! balancer in front of a restarted server does. It can hold answers back, so
//! that a client is somewhere in its work for certain.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// Longer than any pause of a sender that tries again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Proxy {
    pub(crate) url: String,
    target: Arc<Mutex<String>>,
    gate: Arc<Gate>,
    answers: Receiver<()>,
}

/// The proxy that answers pass through.
struct Gate {
    /// So many more may.
    open: Mutex<usize>,
    opened: Condvar,
    passed: Sender<()>,
}

impl Gate {
    fn pass(&self) {
        let shut = |open: &mut usize| *open == 0;
        let open = self.open.lock().unwrap();
        *self.opened.wait_while(open, shut).unwrap() -= 1;
        // The test may have seen enough.
        let _ = self.passed.send(());
    }
}

impl Proxy {
    pub(crate) fn start(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let target = Arc::new(Mutex::new(host(url)));
        let upstream = Arc::clone(&target);
        let (passed, answers) = mpsc::channel();
        let gate = Arc::new(Gate {
            open: Mutex::new(usize::MAX),
            opened: Condvar::new(),
            passed,
        });
        let way = Arc::clone(&gate);
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(&*upstream.lock().unwrap());
                // Without a server the client sees its connection closed.
                if let (Ok(client), Ok(server)) = (client, server) {
                    pipe(&client, &server, None);
                    pipe(&server, &client, Some(Arc::clone(&way)));
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            target,
            gate,
            answers,
        }
    }

    /// Lets so many more answers through, and holds all others back.
    pub(crate) fn open(&self, answers: usize) {
        *self.gate.open.lock().unwrap() = answers;
        self.gate.opened.notify_all();
    }

    /// Waits until servers have answered so many more times.
    pub(crate) fn wait_for(&self, answers: usize) {
        for _ in 0..answers {
            self.answers.recv_timeout(ANSWER_TIMEOUT).unwrap();
        }
    }

    /// Leads new connections to another server.
    pub(crate) fn lead_to(&self, url: &str) {
        *self.target.lock().unwrap() = host(url);
    }
}

fn host(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}

/// Copies one direction until either side is gone.
fn pipe(from: &TcpStream, to: &TcpStream, gate: Option<Arc<Gate>>) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let mut buffer = [0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            if let Some(gate) = &gate {
                gate.pass();
            }
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
