// A queue of jobs, the thread that runs them, and what happens to both when the process forks or ends.
#include "compiler/background.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "compiler/core_library.h"
#include "vm/code_slot.h"

namespace jj::compiler {
namespace {

constexpr size_t kStackBytes = size_t{16} << 20;  // the compiler recurses over what it compiles

// Locks are taken in the order of their declaration. Never freed: the thread may outlive everything else.
struct Queue {
  std::mutex work;   // held while a job runs
  std::mutex mutex;  // guards what follows
  std::condition_variable wake, done;
  std::deque<std::unique_ptr<Job>> waiting, finished;
  Job* running = nullptr;
  std::atomic<size_t> nfinished{0};
  std::atomic<bool> started{false};
  bool stopping = false;
  pthread_t thread{};
};

Queue* g_queue = nullptr;
std::unordered_set<PyCodeObject*> g_pending;  // GIL
bool g_on = true;
bool g_ending = false;  // the process is

void run_next(Queue& queue) {
  std::lock_guard working(queue.work);
  std::unique_ptr<Job> job;
  {
    std::lock_guard lock(queue.mutex);
    if (queue.waiting.empty()) return;
    job = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    queue.running = job.get();
  }
  job->run();
  std::lock_guard lock(queue.mutex);
  queue.running = nullptr;
  queue.finished.push_back(std::move(job));
  queue.nfinished = queue.finished.size();
  queue.done.notify_all();
}

// No job begins any more, and none is running while the compiler library's globals are destroyed.
void at_process_end() {
  if (g_ending) return;
  g_ending = true;
  g_queue->work.lock();
}

void* work(void* argument) {
  auto& queue = *static_cast<Queue*>(argument);
  {
    static bool registered = false;
    std::lock_guard working(queue.work);
    if (!registered && core()) {
      registered = true;
      std::atexit(at_process_end);  // for exit() without Py_Finalize: runs before what the library registered
    }
  }
  for (;;) {
    {
      std::unique_lock lock(queue.mutex);
      queue.wake.wait(lock, [&] { return queue.stopping || !queue.waiting.empty(); });
      if (queue.stopping) return nullptr;
    }
    run_next(queue);
  }
  return nullptr;
}

// The thread ends, after the job that is running; who has work for it starts it again.
void stop_thread(Queue& queue) {
  if (!queue.started) return;
  {
    std::lock_guard lock(queue.mutex);
    queue.stopping = true;
    queue.wake.notify_one();
  }
  pthread_join(queue.thread, nullptr);
  std::lock_guard lock(queue.mutex);
  queue.started = queue.stopping = false;
}

// A forking process waits for the job that is running: in the child, the compiler must not be in the middle of anything.
// Nor is there a thread of ours in the parent when Python counts them, to warn of forks with threads.
void before_fork() {
  if (g_ending) return;
  stop_thread(*g_queue);
  g_queue->work.lock();
  g_queue->mutex.lock();
}
void after_fork_in_parent() {
  if (g_ending) return;
  g_queue->mutex.unlock();
  g_queue->work.unlock();
  g_queue->done.notify_all();  // who waits starts the thread again
}
// The child has no thread, and its locks are held by nobody: it starts anew with the jobs that were left.
void after_fork_in_child() {
  if (g_ending) return;
  Queue* left = g_queue;
  g_queue = new Queue;
  g_queue->waiting.swap(left->waiting);
  g_queue->finished.swap(left->finished);
  g_queue->nfinished = g_queue->finished.size();
}

// The mutex is held.
bool start_thread(Queue& queue) {
  if (queue.started) return true;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for threads that run Python
  queue.started = pthread_create(&queue.thread, &attributes, work, &queue) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (queue.started) pthread_setname_np(queue.thread, "justjit");
  return queue.started;
}

bool start() {
  if (g_ending) return false;
  if (!g_queue) {
    g_queue = new Queue;
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    Py_AtExit(at_process_end);
  }
  std::lock_guard lock(g_queue->mutex);
  return start_thread(*g_queue);
}

std::unique_ptr<Job> next_finished() {
  std::lock_guard lock(g_queue->mutex);
  if (g_queue->finished.empty()) return nullptr;
  std::unique_ptr<Job> job = std::move(g_queue->finished.front());
  g_queue->finished.pop_front();
  g_queue->nfinished = g_queue->finished.size();
  return job;
}

bool is_finished(PyCodeObject* code) {
  if (g_queue->running && g_queue->running->code == code) return false;
  for (const auto& job : g_queue->waiting)
    if (job->code == code) return false;
  return true;
}

// Nobody compiled the code otherwise meanwhile.
bool is_wanted(const Job& job) {
  const CodeData* cd = vm::code_data(job.code);
  return job.from ? cd == job.from || cd == job.meanwhile : !cd || !(cd->body || cd->reason);
}

}  // namespace

void set_background(bool on) { g_on = on; }
bool in_background() { return g_on; }
void read_background_environment() {
  if (const char* text = std::getenv("JUSTJIT_BACKGROUND"); text && *text) g_on = std::strcmp(text, "0") != 0;
}

bool hand_over(std::unique_ptr<Job>& job) {
  if (!start()) return false;
  g_pending.insert(job->code);
  std::lock_guard lock(g_queue->mutex);
  g_queue->waiting.push_back(std::move(job));
  g_queue->wake.notify_one();
  return true;
}

bool is_pending(PyCodeObject* code) { return g_pending.count(code) != 0; }

void collect() {
  if (!g_queue) return;
  if (!g_queue->started && !g_pending.empty()) start();  // a fork has stopped it
  if (g_queue->nfinished == 0) return;
  while (std::unique_ptr<Job> job = next_finished()) {
    if (!job->code) continue;
    g_pending.erase(job->code);
    if (is_wanted(*job) && !publish(*job)) PyErr_Clear();  // out of memory: the function stays as it is
  }
}

void finish_pending(PyCodeObject* code) {
  if (is_pending(code) && start()) {
    Py_BEGIN_ALLOW_THREADS;
    Queue& queue = *g_queue;
    std::unique_lock lock(queue.mutex);
    while (!is_finished(code) && start_thread(queue)) queue.done.wait(lock);
    lock.unlock();
    Py_END_ALLOW_THREADS;
  }
  collect();
}

void forget_job(PyCodeObject* code) {
  if (!g_pending.erase(code)) return;
  std::lock_guard lock(g_queue->mutex);
  if (g_queue->running && g_queue->running->code == code) g_queue->running->code = nullptr;
  for (auto* jobs : {&g_queue->waiting, &g_queue->finished})
    for (const auto& job : *jobs)
      if (job->code == code) job->code = nullptr;
}

}  // namespace jj::compiler
