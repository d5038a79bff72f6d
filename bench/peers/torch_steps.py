#!/usr/bin/env python3
"""Training steps of a tutorial's model by PyTorch on this machine's processor, for compare.py.

nn.LSTM where it can, by oneDNN or by PyTorch's own loop, whichever is faster. It has no masks that are the same at
every time step, so dropout inside the gates is a loop over time written here.
"""
import peer

import torch
from torch import nn


class MaskedLSTM(nn.Module):
    """One direction with a mask for each gate, of the input and of h, the same at every time step: Keras' LSTM with
    dropout and recurrent_dropout. Gates in the order i f o c. The last h."""

    def __init__(self):
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(4, peer.E, peer.H))
        self.recurrent = nn.Parameter(torch.empty(4, peer.H, peer.H))
        self.bias = nn.Parameter(torch.zeros(4, 1, peer.H))
        limit = (6 / (peer.E + 4 * peer.H)) ** 0.5
        nn.init.uniform_(self.kernel, -limit, limit)
        with torch.no_grad():
            rows = nn.init.orthogonal_(torch.empty(peer.H, 4 * peer.H))
            self.recurrent.copy_(rows.view(peer.H, 4, peer.H).transpose(0, 1))
            self.bias[1] = 1

    @staticmethod
    def masks(size, N):
        return torch.empty(4, N, size).bernoulli_(1 - peer.RATE).div_(1 - peer.RATE)

    def forward(self, x):
        """x is (T,N,E). What comes from it is one product for all time steps."""
        steps, N, _ = x.shape
        masked = x * self.masks(peer.E, N)[:, None]  # (4,T,N,E)
        z_x = torch.baddbmm(self.bias, masked.flatten(1, 2), self.kernel).view(4, steps, N, peer.H)
        h_masks, h, c = self.masks(peer.H, N), x.new_zeros(N, peer.H), x.new_zeros(N, peer.H)
        for z_t in z_x.unbind(1):
            z = torch.baddbmm(z_t, h * h_masks, self.recurrent)
            i, f, o = torch.sigmoid(z[:3])
            c = torch.addcmul(f * c, i, torch.tanh(z[3]))
            h = o * torch.tanh(c)
        return h


def like_keras(lstm):
    """nn.LSTM's weights as Keras draws them. Of its two biases Keras has one."""
    for name, weight in lstm.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(weight)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(weight)
        else:
            nn.init.zeros_(weight)
            if name.startswith("bias_ih"):
                weight.data[peer.H:2 * peer.H] = 1
    return lstm


class Network(nn.Module):
    """Tokens (N,T) to logits (N)."""

    def __init__(self, model):
        super().__init__()
        self.embedding = nn.Embedding(peer.VOCABULARY, peer.E)
        nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
        self.dropout = nn.Dropout(peer.RATE) if model.dropout_layers else nn.Identity()
        self.conv = nn.Conv1d(peer.E, peer.FILTERS, peer.KERNEL, padding="same") if model.conv else None
        directions = 2 if model.bidirectional else 1
        if model.gate_dropout:
            self.lstm = nn.ModuleList(MaskedLSTM() for _ in range(directions))
        else:
            self.lstm = like_keras(nn.LSTM(peer.FILTERS if model.conv else peer.E, peer.H,
                                           bidirectional=model.bidirectional))
        self.dense = nn.Linear(directions * peer.H, 1)

    def last_states(self, x):
        """(T,N,.) to one (N,H) a direction."""
        if isinstance(self.lstm, nn.ModuleList):
            return [lstm(x.flip(0) if i else x) for i, lstm in enumerate(self.lstm)]
        return list(self.lstm(x)[1][0])

    def forward(self, tokens):
        if self.conv:
            x = self.dropout(self.embedding(tokens)).transpose(1, 2)  # (N,E,T)
            x = nn.functional.max_pool1d(torch.relu(self.conv(x)), peer.POOL)
            x = x.permute(2, 0, 1).contiguous()
        else:
            x = self.dropout(self.embedding(tokens.T))
        return self.dense(self.dropout(torch.cat(self.last_states(x), 1))).squeeze(1)


def make_step(model, onednn):
    network = Network(model)
    adam = torch.optim.Adam(network.parameters(), lr=peer.LEARNING_RATE, eps=peer.EPSILON, fused=True)
    cross_entropy = nn.BCEWithLogitsLoss()

    def step(x, y):
        torch.backends.mkldnn.set_flags(onednn)
        adam.zero_grad(set_to_none=True)
        loss = cross_entropy(network(torch.from_numpy(x)), torch.from_numpy(y))
        loss.backward()
        adam.step()
        return loss.item()

    return step


def main():
    options = peer.parse(__doc__)
    model = peer.MODELS[options.model]
    peer.flush_denormals()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(options.threads)
    torch.manual_seed(options.seed)
    kind = "loop over time" if model.gate_dropout else "nn.LSTM"
    ways = {f"{kind}, oneDNN": lambda: make_step(model, True), kind: lambda: make_step(model, False)}
    peer.serve(options, ways, lambda a, b: (torch.from_numpy(a) * float(b)).numpy(), {"torch": torch.__version__})


if __name__ == "__main__":
    main()
