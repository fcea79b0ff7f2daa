// Talk to the worker: calls are promises, views arrive when they are ready.

export function startWorker({ onView, onFailure }) {
  const worker = new Worker(new URL("worker.js", document.baseURI));
  const waiting = new Map();
  let last = 0;
  let serial = 0;
  worker.addEventListener("message", ({ data }) => {
    if (data.view) {
      if (data.view.serial === serial) onView(data.view);
    } else if (data.failure) {
      onFailure(data.failure);
    } else {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error === undefined) resolve(data.value);
      else reject(new Error(data.error));
    }
  });
  worker.addEventListener("error", (event) => onFailure(event.message ?? "the worker did not start"));
  const call = (name, ...args) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ call: name, id: last, args });
    });
  const view = (state) => call("view", ++serial, state).catch((error) => onFailure(error.message));
  return { call, view };
}
