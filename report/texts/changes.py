"""The changes under which verdicts are tried, in words, and short names of the parts of claims for figures."""

from report.texts.language import N_, Labels

CHANGES = Labels(  # of the study, as they follow "the verdict is another one"
    {
        "epochs_third": N_("after a third of the training"),
        "epochs_x3": N_("after three times as much training"),
        "epochs_x10": N_("after ten times as much training"),
        "dataset_fashion-mnist": N_("on Fashion-MNIST"),
        "likelihood_gaussian": N_("with the Gaussian likelihood"),
        "likelihood_discretized_logistic": N_("with the discretized logistic likelihood"),
        "width_x2": N_("with layers twice as wide"),
        "architecture_convolutional": N_("with convolutional networks"),
        "training_batch_256": N_("with larger batches and a higher learning rate"),
    }
)
GROUPS = Labels(  # several changes of one kind in one phrase, by their names in alphabetical order
    {
        "epochs_x10 epochs_x3": N_("after longer training"),
        "epochs_third epochs_x10 epochs_x3": N_("after shorter and after longer training"),
        "likelihood_discretized_logistic likelihood_gaussian": N_("with another likelihood"),
        "beta_0.5 beta_2": N_("with another weight β"),
    }
)
KINDS = {  # of changes that name a value
    "latent_dim": N_("with codes of %(values)s numbers"),
    "beta": N_("with β = %(values)s"),
}
COLUMNS = Labels(  # of the figure of all verdicts
    {
        "dataset_fashion-mnist": "Fashion-MNIST",
        "likelihood_gaussian": N_("Gaussian likelihood"),
        "likelihood_discretized_logistic": N_("logistic likelihood"),
        "width_x2": N_("double width"),
        "architecture_convolutional": N_("convolutional nets"),
        "training_batch_256": N_("batches of 256"),
    }
)
PART_NAMES = Labels(  # in the rows of the figure of all verdicts: at most 27 letters
    {
        "C1": N_("AE reproduces its input"),
        "C2": N_("its code keeps what matters"),
        "C3a": N_("AE removes Gaussian noise"),
        "C3b": N_("AE removes salt and pepper"),
        "C3c": N_("AE fills in masked pixels"),
        "C4a": N_("AE: smaller error than PCA"),
        "C4b": N_("AE: better neighbours"),
        "C5a": N_("AE: no known distribution"),
        "C5b": N_("AE: space not complete"),
        "C5c": N_("AE: space not continuous"),
        "C6a": N_("VAE: codes follow N(0, I)"),
        "C6b": N_("VAE: space complete"),
        "C6c": N_("VAE: space continuous"),
        "C6d": N_("VAE: draws like real images"),
        "C7": N_("VAE reconstructs worse"),
        "C8a": N_("AE + mixture beats VAE"),
        "C8b": N_("a mixture improves the VAE"),
        "C8c": N_("VAE beats RAE"),
    }
)
